#include "core/release/differencing.hpp"

#include <algorithm>
#include <numeric>
#include <queue>

namespace pt::release {
namespace {

/// An edge of the graph; weights count half people, so that a hyperedge of three is a triangle of
/// halves: whatever separates its corners cuts two of them.
struct Edge {
  std::uint32_t a, b;
  std::uint64_t weight;
};

class Sets {
 public:
  explicit Sets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0u); }
  std::uint32_t find(std::uint32_t v) {
    while (parent_[v] != v) {
      parent_[v] = parent_[parent_[v]];
      v = parent_[v];
    }
    return v;
  }
  bool join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    parent_[std::max(a, b)] = std::min(a, b);
    return true;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

/// Vertex 0 is 'in no persona'; then the personas of the earlier version, then those of the later.
class Cutter {
 public:
  Cutter(Host& host, std::span<const Overlap> overlaps, std::uint64_t least)
      : host_(host), least_(2 * least), sets_(number_vertices(overlaps)) {
    for (const Overlap& o : overlaps) {
      const std::uint32_t a = vertex(earlier_, o.earlier, 1);
      const std::uint32_t b = vertex(later_, o.later, 1 + earlier_.size());
      if (o.people == 0 || a == b) continue;
      if (o.changed && a != 0 && b != 0) {
        edges_.push_back({a, b, o.people});
        edges_.push_back({0, a, o.people});
        edges_.push_back({0, b, o.people});
      } else {
        edges_.push_back({a, b, 2 * o.people});
      }
    }
  }

  std::optional<Difference> run() {
    for (;;) {
      merge_parallel();
      if (edges_.empty()) return std::nullopt;
      index_edges();
      if (const auto v = light_vertex()) return difference(*v);
      if (join_heavy()) continue;
      scan();
    }
  }

 private:
  std::size_t number_vertices(std::span<const Overlap> overlaps) {
    for (const Overlap& o : overlaps) {
      if (o.earlier != kOutside) earlier_.push_back(o.earlier);
      if (o.later != kOutside) later_.push_back(o.later);
    }
    for (auto* const side : {&earlier_, &later_}) {
      std::sort(side->begin(), side->end());
      side->erase(std::unique(side->begin(), side->end()), side->end());
    }
    return 1 + earlier_.size() + later_.size();
  }

  static std::uint32_t vertex(const std::vector<std::uint32_t>& side, std::uint32_t persona,
                              std::size_t base) {
    if (persona == kOutside) return 0;
    return static_cast<std::uint32_t>(
        base + static_cast<std::size_t>(std::lower_bound(side.begin(), side.end(), persona) -
                                        side.begin()));
  }

  /// Edges between the sets of joined vertices, one for each pair.
  void merge_parallel() {
    host_.poll();
    for (Edge& e : edges_) {
      e.a = sets_.find(e.a);
      e.b = sets_.find(e.b);
      if (e.a > e.b) std::swap(e.a, e.b);
    }
    std::erase_if(edges_, [](const Edge& e) { return e.a == e.b; });
    std::sort(edges_.begin(), edges_.end(),
              [](const Edge& x, const Edge& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
    std::size_t kept = 0;
    for (const Edge& e : edges_) {
      if (kept > 0 && edges_[kept - 1].a == e.a && edges_[kept - 1].b == e.b)
        edges_[kept - 1].weight += e.weight;
      else
        edges_[kept++] = e;
    }
    edges_.resize(kept);
  }

  /// Numbers the remaining vertices without gaps and lists the edges of each.
  void index_edges() {
    vertices_.clear();
    for (const Edge& e : edges_) {
      vertices_.push_back(e.a);
      vertices_.push_back(e.b);
    }
    std::sort(vertices_.begin(), vertices_.end());
    vertices_.erase(std::unique(vertices_.begin(), vertices_.end()), vertices_.end());
    neighbours_.assign(vertices_.size(), {});
    for (const Edge& e : edges_) {
      const std::uint32_t a = place(e.a), b = place(e.b);
      neighbours_[a].push_back({b, e.weight});
      neighbours_[b].push_back({a, e.weight});
    }
  }

  std::uint32_t place(std::uint32_t vertex) const {
    return static_cast<std::uint32_t>(std::lower_bound(vertices_.begin(), vertices_.end(), vertex) -
                                      vertices_.begin());
  }

  /// A vertex whose own cut is too small already.
  std::optional<std::uint32_t> light_vertex() const {
    for (std::uint32_t v = 0; v < vertices_.size(); ++v) {
      std::uint64_t degree = 0;
      for (const Neighbour& n : neighbours_[v]) degree += n.weight;
      if (degree < least_) return v;
    }
    return std::nullopt;
  }

  bool join_heavy() {
    bool joined = false;
    for (const Edge& e : edges_)
      if (e.weight >= least_) joined = sets_.join(e.a, e.b) || joined;
    return joined;
  }

  /// Visits the vertices by their connection with those visited before. An edge that raises this
  /// connection to the limit joins vertices that no small cut separates; the last vertex of a
  /// component always has such an edge, as its degree is at least the limit.
  void scan() {
    std::vector<std::uint64_t> connection(vertices_.size(), 0);
    std::vector<bool> visited(vertices_.size(), false);
    for (std::uint32_t start = 0; start < vertices_.size(); ++start) {
      if (visited[start]) continue;
      std::priority_queue<std::pair<std::uint64_t, std::uint32_t>> next;
      next.emplace(0, start);
      while (!next.empty()) {
        const auto [reached, v] = next.top();
        next.pop();
        if (visited[v] || reached != connection[v]) continue;
        visited[v] = true;
        host_.poll();
        for (const Neighbour& n : neighbours_[v]) {
          if (visited[n.vertex]) continue;
          connection[n.vertex] += n.weight;
          if (connection[n.vertex] >= least_) sets_.join(vertices_[v], vertices_[n.vertex]);
          next.emplace(connection[n.vertex], n.vertex);
        }
      }
    }
  }

  /// The cut around a remaining vertex, told from the side that 'in no persona' is not on.
  Difference difference(std::uint32_t v) {
    std::uint64_t degree = 0;
    for (const Neighbour& n : neighbours_[v]) degree += n.weight;
    Difference out{(degree + 1) / 2, {}, {}};
    const std::uint32_t root = vertices_[v];
    const bool other_side = sets_.find(0) == root;
    const auto collect = [&](const std::vector<std::uint32_t>& side, std::size_t base,
                             std::vector<std::uint32_t>& into) {
      for (std::size_t i = 0; i < side.size(); ++i) {
        const std::uint32_t set = sets_.find(static_cast<std::uint32_t>(base + i));
        const bool inside = set == root;
        const bool in_graph = std::binary_search(vertices_.begin(), vertices_.end(), set);
        if (in_graph && inside != other_side) into.push_back(side[i]);
      }
    };
    collect(earlier_, 1, out.earlier);
    collect(later_, 1 + earlier_.size(), out.later);
    return out;
  }

  struct Neighbour {
    std::uint32_t vertex;
    std::uint64_t weight;
  };

  Host& host_;
  std::uint64_t least_;
  std::vector<std::uint32_t> earlier_, later_;  // ascending
  Sets sets_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> vertices_;  // roots of sets with edges, ascending
  std::vector<std::vector<Neighbour>> neighbours_;
};

}  // namespace

std::optional<Difference> find_small_difference(Host& host, std::span<const Overlap> overlaps,
                                                std::uint64_t least) {
  return Cutter(host, overlaps, least).run();
}

}  // namespace pt::release
