// The steps of optimisers, split over the pool.
#include "kernels.h"

typedef struct stepping {
  const agk_update *update;
  char *parameter;
  const char *gradient;
  void *const *states;
} stepping;

static char *shifted(void *state, int64_t bytes) {
  return state == NULL ? NULL : (char *)state + bytes;
}

static void step_part(void *context, int64_t begin, int64_t end) {
  const stepping *all = context;
  const int64_t bytes = begin * agk_item_size(all->update->dtype);
  agk_current->step(all->update, end - begin, all->parameter + bytes, all->gradient + bytes,
                    shifted(all->states[0], bytes), shifted(all->states[1], bytes),
                    shifted(all->states[2], bytes));
}

void agk_step(const agk_update *update, int64_t n, void *parameter, const void *gradient,
              void *const *states) {
  stepping all = {update, parameter, gradient, states};
  agk_parallel_for(n, GRAIN, step_part, &all);
}

void agk_step_measured(const agk_update *update, int64_t n, void *parameter, const void *gradient,
                       void *const *states, agk_statistics *out) {
  stepping all = {update, parameter, gradient, states};
  agk_measure_made(step_part, &all, update->dtype, n, parameter, out);
}
