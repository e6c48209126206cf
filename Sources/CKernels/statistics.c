// What a run of numbers holds: blocks are measured over the pool, each by the loops in use, and
// joined in their order. No result depends on the number of threads.
#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

// Keys are 32 bits of a counter stirred as by SplitMix64, odd, so that they differ from each other.
#define STIR1(z) (((z) ^ ((z) >> 30)) * 0xBF58476D1CE4E5B9u)
#define STIR2(z) (((z) ^ ((z) >> 27)) * 0x94D049BB133111EBu)
#define STIR(i) STIR2(STIR1(((i) + 1) * 0x9E3779B97F4A7C15u))
#define KEY(i) (STIR((uint64_t)(i)) >> 32 | 1)
#define KEYS(i) \
  {KEY(i), KEY(i + 1), KEY(i + 2), KEY(i + 3), KEY(i + 4), KEY(i + 5), KEY(i + 6), KEY(i + 7)}
#define KEY_PAIR(j) {KEYS(16 * j), KEYS(16 * j + 8)}
const uint64_t agk_hash_keys[HASH_STRIPE][2][8] __attribute__((aligned(64))) = {
    KEY_PAIR(0),  KEY_PAIR(1),  KEY_PAIR(2),  KEY_PAIR(3), KEY_PAIR(4),  KEY_PAIR(5),
    KEY_PAIR(6),  KEY_PAIR(7),  KEY_PAIR(8),  KEY_PAIR(9), KEY_PAIR(10), KEY_PAIR(11),
    KEY_PAIR(12), KEY_PAIR(13), KEY_PAIR(14), KEY_PAIR(15)};
#define LANE(i) (STIR((uint64_t)(256 + i)) | 1)
const uint64_t agk_hash_lanes[8] __attribute__((aligned(64))) = {
    LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(5), LANE(6), LANE(7)};

static uint64_t stir(uint64_t z) {
  z = STIR1(z);
  z = STIR2(z);
  return z ^ (z >> 31);
}

enum { BLOCK = 16384, WAVE = 64 };

typedef struct run {
  const agk_kernels *kernels;
  agk_dtype dtype;
  bool health_only;
  int64_t n;
  const char *x, *y;
  double factor;
  // What makes the elements before they are measured; NULL where they are there.
  void (*make)(void *context, int64_t begin, int64_t end);
  void *context;
  // How many elements lie before x.
  int64_t before;
  agk_block *blocks;
  double *products;
} run;

static void measure_blocks(void *context, int64_t begin, int64_t end) {
  const run *all = context;
  for (int64_t k = begin; k < end; k++) {
    const int64_t first = k * BLOCK, rest = all->n - first, count = rest < BLOCK ? rest : BLOCK;
    if (all->make != NULL) all->make(all->context, all->before + first, all->before + first + count);
    all->kernels->measure(all->dtype, count, all->x + first * agk_item_size(all->dtype),
                          all->health_only, all->factor, all->blocks + k);
  }
}

// The moments of the finite elements so far, times the factor.
typedef struct moments {
  double finite, mean, distances;
} moments;

static inline void join(agk_statistics *found, moments *all, const agk_block *block, int64_t n,
                        bool health_only) {
  found->hash = stir((found->hash ^ block->hash) * HASH_FACTOR);
  found->nans += block->nans;
  found->positive_infinities += block->positive_infinities;
  found->negative_infinities += block->negative_infinities;
  found->zeros += block->zeros;
  found->subnormals += block->subnormals;
  if (health_only) return;
  const double finite =
      (double)(n - block->nans - block->positive_infinities - block->negative_infinities);
  if (finite == 0) return;
  if (all->finite == 0) {
    found->minimum = block->minimum;
    found->maximum = block->maximum;
    *all = (moments){finite, block->mean, block->distances};
    return;
  }
  if (block->minimum < found->minimum) found->minimum = block->minimum;
  if (block->maximum > found->maximum) found->maximum = block->maximum;
  // Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample Variances.
  const double total = all->finite + finite, apart = block->mean - all->mean;
  all->mean += apart * (finite / total);
  all->distances += block->distances + apart * apart * (all->finite * finite / total);
  all->finite = total;
}

// Blocks are measured a wave at a time, so that no memory need be taken for them.
static moments measure_all(run all, agk_statistics *found) {
  moments result = {0, 0, 0};
  agk_block blocks[WAVE];
  all.blocks = blocks;
  while (all.n > 0) {
    const int64_t whole = (all.n + BLOCK - 1) / BLOCK, count = whole < WAVE ? whole : WAVE;
    agk_parallel_for(count, 1, measure_blocks, &all);
    for (int64_t k = 0; k < count; k++) {
      const int64_t rest = all.n - k * BLOCK;
      join(found, &result, blocks + k, rest < BLOCK ? rest : BLOCK, all.health_only);
    }
    all.n -= count * BLOCK;
    all.before += count * BLOCK;
    all.x += count * BLOCK * agk_item_size(all.dtype);
  }
  return result;
}

static moments measured(run all, agk_statistics *found) {
  *found = (agk_statistics){.minimum = NAN, .maximum = NAN, .mean = NAN, .deviation = NAN,
                            .norm = NAN, .hash = (uint64_t)all.n};
  if (all.n > BLOCK) return measure_all(all, found);
  moments result = {0, 0, 0};
  if (all.n == 0) return result;
  agk_block block;
  all.blocks = &block;
  measure_blocks(&all, 0, 1);
  join(found, &result, &block, all.n, all.health_only);
  return result;
}

static void find(run elements, agk_statistics *out) {
  moments all = measured(elements, out);
  if (all.finite == 0) return;
  int exponent = 0;
  if (elements.dtype == AGK_FLOAT64) {
    // Squares that would be too large, or too small, are those of elements brought near 1.
    const double most = -out->minimum > out->maximum ? -out->minimum : out->maximum;
    if (most >= 0x1p480 || (most > 0 && most < 0x1p-400)) {
      exponent = ilogb(most);
      // A factor beyond 2^1023 is none.
      if (exponent < -1000) exponent = -1000;
      elements.make = NULL;
      elements.factor = ldexp(1, -exponent);
      all = measured(elements, out);
    }
  }
  // Plus 0, so that -0 becomes 0: which of both is met first is not told.
  out->minimum += 0.0;
  out->maximum += 0.0;
  out->mean = all.mean;
  out->deviation = sqrt(all.distances / all.finite);
  out->norm = sqrt(all.distances + all.finite * all.mean * all.mean);
  if (exponent == 0) return;
  out->mean = ldexp(out->mean, exponent);
  out->deviation = ldexp(out->deviation, exponent);
  out->norm = ldexp(out->norm, exponent);
}

void agk_measure_by(const agk_kernels *kernels, agk_dtype dtype, int64_t n, const void *x,
                    bool health_only, agk_statistics *out) {
  find((run){.kernels = kernels, .dtype = dtype, .health_only = health_only, .n = n, .x = x,
             .factor = 1}, out);
}

void agk_measure_made(void (*make)(void *context, int64_t begin, int64_t end), void *context,
                      agk_dtype dtype, int64_t n, const void *x, agk_statistics *out) {
  find((run){.kernels = agk_current, .dtype = dtype, .n = n, .x = x, .factor = 1, .make = make,
             .context = context}, out);
}

void agk_measure(agk_dtype dtype, int64_t n, const void *x, bool health_only,
                 agk_statistics *out) {
  agk_measure_by(agk_current, dtype, n, x, health_only, out);
}

static void multiply_blocks(void *context, int64_t begin, int64_t end) {
  const run *all = context;
  const int64_t item = agk_item_size(all->dtype);
  for (int64_t k = begin; k < end; k++) {
    const int64_t first = k * BLOCK, rest = all->n - first;
    all->products[k] = all->kernels->dot(all->dtype, rest < BLOCK ? rest : BLOCK,
                                         all->x + first * item, all->y + first * item);
  }
}

double agk_dot(agk_dtype dtype, int64_t n, const void *a, const void *b) {
  run all = {.kernels = agk_current, .dtype = dtype, .n = n, .x = a, .y = b};
  double products[WAVE], sum = 0;
  all.products = products;
  while (all.n > 0) {
    const int64_t whole = (all.n + BLOCK - 1) / BLOCK, count = whole < WAVE ? whole : WAVE;
    agk_parallel_for(count, 1, multiply_blocks, &all);
    for (int64_t k = 0; k < count; k++) sum += products[k];
    all.n -= count * BLOCK;
    all.x += count * BLOCK * agk_item_size(dtype);
    all.y += count * BLOCK * agk_item_size(dtype);
  }
  return sum;
}
