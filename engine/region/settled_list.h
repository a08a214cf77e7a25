// A list that is built on the heap, as a vector is, and then settled in a region: one copy, after which it is read there.
//
//   SettledList<double> edges(std::move(vector));   edges.settle(region);   edges[3], edges.size(), for (double edge : edges)
//
// Reading is a pointer and a length either way. A copy is on the heap again, so it may outlive the region.
//
// Thread safety: a value; once settled, any number of readers. REQUIRES: what a T owns is settled before the list is, since elements in a
// region are never destroyed.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "engine/region/region.h"

namespace ringside::engine {

template <class T>
class SettledList {
 public:
  using value_type = T;

  SettledList() = default;
  SettledList(std::vector<T> list) : heap_(std::move(list)) { look(); }  // NOLINT(google-explicit-constructor): it is that vector
  SettledList(const SettledList& other) : heap_(other.begin(), other.end()) { look(); }
  SettledList(SettledList&& other) noexcept
      : heap_(std::move(other.heap_)), at_(std::exchange(other.at_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SettledList& operator=(SettledList other) noexcept {
    heap_ = std::move(other.heap_);
    at_ = std::exchange(other.at_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~SettledList() = default;

  // -- while it is built ---------------------------------------------------------------------------------------------------
  template <class... From>
  T& emplace_back(From&&... from) {
    heap_.emplace_back(std::forward<From>(from)...);
    look();
    return heap_.back();
  }
  void push_back(T element) { emplace_back(std::move(element)); }
  void assign(std::size_t count, const T& element) {
    heap_.assign(count, element);
    look();
  }
  void resize(std::size_t count) {
    heap_.resize(count);
    look();
  }
  [[nodiscard]] std::vector<T>& built() noexcept { return heap_; }  // elements may be changed, not how many there are
  [[nodiscard]] T& back() noexcept { return heap_.back(); }

  void settle(Region& region) {
    const auto home = region.take<T>(size_);
    std::uninitialized_move(heap_.begin(), heap_.end(), home.data());
    heap_ = std::vector<T>();
    at_ = home.data();
  }

  // -- reading ---------------------------------------------------------------------------------------------------------------
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return at_[i]; }
  [[nodiscard]] const T* data() const noexcept { return at_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const T* begin() const noexcept { return at_; }
  [[nodiscard]] const T* end() const noexcept { return at_ + size_; }
  [[nodiscard]] const T& front() const noexcept { return at_[0]; }
  [[nodiscard]] const T& back() const noexcept { return at_[size_ - 1]; }

  [[nodiscard]] std::size_t heap_bytes() const noexcept { return heap_.capacity() * sizeof(T); }

 private:
  void look() noexcept {
    at_ = heap_.data();
    size_ = heap_.size();
  }

  std::vector<T> heap_;  // empty once settled
  const T* at_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ringside::engine
