// C++ memory on PostgreSQL memory contexts.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>
#include <utility>

#include "pg/compat.hpp"

namespace pt::pg {

/// Thrown by ContextResource when an allocation would pass its limit; the boundary reports it as
/// 53200 with a hint.
class MemoryLimitReached : public std::bad_alloc {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "out of memory: personatwin.memory_limit reached";
  }
  [[nodiscard]] static const char* hint() noexcept {
    return "Raise personatwin.memory_limit if the server has the memory, or process fewer rows or "
           "columns.";
  }
};

/// std::pmr resource on a memory context. Throws std::bad_alloc (never longjmps) when the context
/// has no memory, and MemoryLimitReached when the bytes handed out would exceed `limit` (0: no
/// limit). Blocks above 1 GB are allowed, any alignment is honoured. Not thread-safe; the context
/// must outlive every block.
class ContextResource final : public std::pmr::memory_resource {
 public:
  explicit ContextResource(MemoryContext context, std::size_t limit = 0) noexcept
      : context_(context), limit_(limit) {}

  [[nodiscard]] std::size_t allocated() const noexcept { return allocated_; }
  [[nodiscard]] std::size_t peak() const noexcept { return peak_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  MemoryContext context_;
  std::size_t limit_;
  std::size_t allocated_ = 0;
  std::size_t peak_ = 0;
};

/// Memory of `bytes` in `context` or std::bad_alloc; never longjmps.
[[nodiscard]] void* allocate_in(MemoryContext context, std::size_t bytes);

/// Constructs a T inside `context`; its destructor runs when the context is reset or deleted (also
/// after an ERROR), so it must not call anything that can ereport. Throws std::bad_alloc or what
/// the constructor throws.
template <class T, class... Args>
T* make_in(MemoryContext context, Args&&... args) {
  static_assert(alignof(T) <= MAXIMUM_ALIGNOF, "palloc aligns to MAXIMUM_ALIGNOF only");
  struct Block {
    MemoryContextCallback callback;
    alignas(T) std::byte object[sizeof(T)];
  };
  auto* const block = static_cast<Block*>(allocate_in(context, sizeof(Block)));
  T* const object = ::new (static_cast<void*>(block->object)) T(std::forward<Args>(args)...);
  block->callback.func = [](void* p) { static_cast<T*>(p)->~T(); };
  block->callback.arg = object;
  MemoryContextRegisterResetCallback(context, &block->callback);  // links the block, cannot fail
  return object;
}

/// Makes a context current for a scope.
class ContextScope {
 public:
  explicit ContextScope(MemoryContext context) noexcept
      : previous_(MemoryContextSwitchTo(context)) {}
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope() { MemoryContextSwitchTo(previous_); }

 private:
  MemoryContext previous_;
};

/// Owns a new context below `parent`, deleted at the end of the scope. Errors copied by a guard
/// must not live in it, so don't make it current around guarded calls whose errors travel further;
/// use reset() between rows instead.
class OwnedContext {
 public:
  explicit OwnedContext(const char* name, MemoryContext parent = CurrentMemoryContext);
  OwnedContext(const OwnedContext&) = delete;
  OwnedContext& operator=(const OwnedContext&) = delete;
  ~OwnedContext() { MemoryContextDelete(context_); }

  [[nodiscard]] MemoryContext get() const noexcept { return context_; }
  void reset() noexcept { MemoryContextReset(context_); }

 private:
  MemoryContext context_;
};

}  // namespace pt::pg
