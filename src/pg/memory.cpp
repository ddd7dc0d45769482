#include "pg/memory.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#include "pg/boundary.hpp"

namespace pt::pg {

void* allocate_in(MemoryContext context, std::size_t bytes) {
  if (bytes > MaxAllocHugeSize) throw std::bad_alloc();
  void* const block =
      MemoryContextAllocExtended(context, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void* ContextResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (limit_ != 0 && (bytes > limit_ || allocated_ > limit_ - bytes)) throw MemoryLimitReached();
  void* result = nullptr;
  if (alignment <= MAXIMUM_ALIGNOF) {
    result = allocate_in(context_, bytes);
  } else {
    // Room for the shift and for the raw pointer just below the block.
    std::size_t const extra = alignment + sizeof(void*);
    if (bytes > MaxAllocHugeSize - extra) throw std::bad_alloc();
    void* const raw = allocate_in(context_, bytes + extra);
    auto const start = std::bit_cast<std::uintptr_t>(raw) + sizeof(void*);
    auto const aligned = (start + alignment - 1) & ~(alignment - 1);
    result = std::bit_cast<void*>(aligned);
    std::memcpy(static_cast<char*>(result) - sizeof(void*), static_cast<const void*>(&raw),
                sizeof(void*));
  }
  allocated_ += bytes;
  if (allocated_ > peak_) peak_ = allocated_;
  return result;
}

void ContextResource::do_deallocate(void* block, std::size_t bytes, std::size_t alignment) {
  allocated_ -= bytes;
  if (alignment > MAXIMUM_ALIGNOF) {
    void* raw = nullptr;
    std::memcpy(static_cast<void*>(&raw), static_cast<char*>(block) - sizeof(void*), sizeof(void*));
    block = raw;
  }
  pfree(block);
}

OwnedContext::OwnedContext(const char* name, MemoryContext parent)
    : context_(guarded([parent, name] {
        MemoryContext const context =
            AllocSetContextCreateInternal(parent, "personatwin", ALLOCSET_DEFAULT_SIZES);
        MemoryContextSetIdentifier(context, name);
        return context;
      })) {}

}  // namespace pt::pg
