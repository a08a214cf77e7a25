#include "engine/drift/bins.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ringside::engine {
namespace {

template <class Number>
void add_row_portable(const EdgeRow<Number>* edges, const EdgeRow<Number>* end, CountCell* cells, const Number* x) noexcept {
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    std::size_t bin = 0;
    for (const Number edge : edges->edges) bin += *x < edge ? 0 : 1;
    bump(cells[bin]);
  }
}

#if defined(__x86_64__)
// Edges rise, so the first one above x says how many are not. A bit an edge; one more behind the last.
inline std::size_t first_above(unsigned above) noexcept {
  return static_cast<std::size_t>(std::countr_zero(above | 1u << kBinsMax));
}

inline unsigned bits_of(__m128i lanes0, __m128i lanes4, __m128i lanes8, __m128i lanes12) noexcept {
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(lanes0, lanes4), _mm_packs_epi32(lanes8, lanes12))));
}

void add_row_sse2(const EdgeRow<float>* edges, const EdgeRow<float>* end, CountCell* cells, const float* x) noexcept {
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    const __m128 all = _mm_set1_ps(*x);
    const auto above = [&](int at) { return _mm_castps_si128(_mm_cmplt_ps(all, _mm_load_ps(edges->edges + at))); };
    bump(cells[first_above(bits_of(above(0), above(4), above(8), above(12)))]);
  }
}

void add_row_sse2(const EdgeRow<double>* edges, const EdgeRow<double>* end, CountCell* cells, const double* x) noexcept {
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    const __m128d all = _mm_set1_pd(*x);
    const auto above = [&](int at) { return _mm_castpd_ps(_mm_cmplt_pd(all, _mm_load_pd(edges->edges + at))); };
    const auto four = [&](int at) { return _mm_castps_si128(_mm_shuffle_ps(above(at), above(at + 2), _MM_SHUFFLE(2, 0, 2, 0))); };
    bump(cells[first_above(bits_of(four(0), four(4), four(8), four(12)))]);
  }
}

// The others are compiled for more by themselves, so that no inline function of others is. Bits are counted, in whatever order packing leaves
// them: as many as edges are not above. Four features a turn: the loop itself would be a third of the instructions.

// Two bits an edge.
[[gnu::target("avx2,popcnt")]] void add_row_avx2(const EdgeRow<float>* edges, const EdgeRow<float>* end, CountCell* cells,
                                                 const float* x) noexcept {
#pragma GCC unroll 4
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    const __m256 all = _mm256_set1_ps(*x);
    const __m256i low = _mm256_castps_si256(_mm256_cmp_ps(all, _mm256_load_ps(edges->edges), _CMP_NLT_UQ));
    const __m256i high = _mm256_castps_si256(_mm256_cmp_ps(all, _mm256_load_ps(edges->edges + 8), _CMP_NLT_UQ));
    const auto below = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_packs_epi32(low, high)));
    bump(cells[static_cast<unsigned>(_mm_popcnt_u32(below)) / 2]);
  }
}

[[gnu::target("avx2,popcnt")]] void add_row_avx2(const EdgeRow<double>* edges, const EdgeRow<double>* end, CountCell* cells,
                                                 const double* x) noexcept {
#pragma GCC unroll 4
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    const __m256d all = _mm256_set1_pd(*x);
    __m256i four[4];
    for (int i = 0; i < 4; ++i)
      four[i] = _mm256_castpd_si256(_mm256_cmp_pd(all, _mm256_load_pd(edges->edges + 4 * i), _CMP_NLT_UQ));
    const __m256i low = _mm256_packs_epi32(four[0], four[1]), high = _mm256_packs_epi32(four[2], four[3]);
    const auto below = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_packs_epi16(low, high)));
    bump(cells[static_cast<unsigned>(_mm_popcnt_u32(below)) / 2]);
  }
}

[[gnu::target("avx512f,popcnt")]] void add_row_avx512(const EdgeRow<float>* edges, const EdgeRow<float>* end, CountCell* cells,
                                                      const float* x) noexcept {
#pragma GCC unroll 4
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    const __mmask16 below = _mm512_cmp_ps_mask(_mm512_set1_ps(*x), _mm512_load_ps(edges->edges), _CMP_NLT_UQ);
    bump(cells[static_cast<unsigned>(__builtin_popcountll(below))]);
  }
}

[[gnu::target("avx512f,popcnt")]] void add_row_avx512(const EdgeRow<double>* edges, const EdgeRow<double>* end, CountCell* cells,
                                                      const double* x) noexcept {
#pragma GCC unroll 4
  for (; edges != end; ++edges, ++x, cells += kHistogramCells) {
    const __m512d all = _mm512_set1_pd(*x);
    const unsigned low = _mm512_cmp_pd_mask(all, _mm512_load_pd(edges->edges), _CMP_NLT_UQ);
    const unsigned high = _mm512_cmp_pd_mask(all, _mm512_load_pd(edges->edges + 8), _CMP_NLT_UQ);
    bump(cells[static_cast<unsigned>(__builtin_popcount(low | high << 8))]);
  }
}
#endif

}  // namespace

template <class Number>
std::vector<AddRow<Number>> every_add_row() {
  std::vector<AddRow<Number>> all{add_row_portable<Number>};
#if defined(__x86_64__)
  all.push_back(add_row_sse2);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) all.push_back(add_row_avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt")) all.push_back(add_row_avx512);
#endif
  return all;
}

template <class Number>
AddRow<Number> choose_add_row() {
  return every_add_row<Number>().back();
}

template std::vector<AddRow<float>> every_add_row<float>();
template std::vector<AddRow<double>> every_add_row<double>();
template AddRow<float> choose_add_row<float>();
template AddRow<double> choose_add_row<double>();

}  // namespace ringside::engine
