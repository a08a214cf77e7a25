// Result<T, E>: a value or an error, for everything that can fail outside the data path.
//
//   Result<Client, ConnectError> client = Client::connect(options);
//   if (!client) return report(client.error());
//   client->predict(…);
//
// A function returns `T` on success and `fail(error)` otherwise. Reading the value of a failed Result (or the error of a good
// one) is a broken invariant and aborts. g++ 12 has no std::expected in C++20 mode; this is the part of it that we use.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

namespace ringside {

template <class E>
struct Failure {
  E error;
};

template <class E>
[[nodiscard]] Failure<std::decay_t<E>> fail(E&& error) {
  return {std::forward<E>(error)};
}

template <class T, class E>
class [[nodiscard]] Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return fail(error);` are the point.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <class F>
  requires std::is_constructible_v<E, F&&> Result(Failure<F> failure)
      : state_(std::in_place_index<1>, std::move(failure.error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  [[nodiscard]] T& value() & { return checked_value(); }
  [[nodiscard]] const T& value() const& { return const_cast<Result*>(this)->checked_value(); }
  [[nodiscard]] T&& value() && { return std::move(checked_value()); }
  T* operator->() { return &checked_value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked_value(); }
  T& operator*() & { return checked_value(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked_value(); }
  T&& operator*() && { return std::move(checked_value()); }

  [[nodiscard]] E& error() & { return checked_error(); }
  [[nodiscard]] const E& error() const& { return const_cast<Result*>(this)->checked_error(); }
  [[nodiscard]] E&& error() && { return std::move(checked_error()); }

 private:
  T& checked_value() {
    if (auto* value = std::get_if<0>(&state_)) return *value;
    std::fputs("ringside::Result: value() of a failed result\n", stderr);
    std::abort();
  }
  E& checked_error() {
    if (auto* error = std::get_if<1>(&state_)) return *error;
    std::fputs("ringside::Result: error() of a good result\n", stderr);
    std::abort();
  }

  std::variant<T, E> state_;
};

// A step with nothing to return: Result<Done, E>.
struct Done {};

}  // namespace ringside
