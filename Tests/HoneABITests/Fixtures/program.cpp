// program.cpp: a C++17 program that runs plans from several threads, with owners that clean up. usage: program DATABASE CLASS
#include "gemm_check.h"

#include <memory>
#include <thread>
#include <vector>

struct Close {
  void operator()(hone_context *context) const { hone_close(context); }
  void operator()(hone_plan *plan) const { hone_plan_destroy(plan); }
};

using Context = std::unique_ptr<hone_context, Close>;
using Plan = std::unique_ptr<hone_plan, Close>;

static Plan plan_for(hone_context *context, long size) {
  hone_gemm_shape shape = HONE_GEMM_INIT;
  shape.m = shape.n = shape.k = size;
  hone_plan *plan = nullptr;
  CHECK(hone_plan_gemm(context, &shape, &plan) == HONE_OK);
  return Plan(plan);
}

// The same plan and plans of their own, from four threads at once.
static void run(hone_context *context, hone_plan *shared, long size, unsigned seed, int *wrong) {
  const size_t count = static_cast<size_t>(size * size);
  std::unique_ptr<float, decltype(&free)> a(operand(count, seed), free), b(operand(count, seed + 1), free), c(operand(count, 0), free);
  hone_gemm_shape shape = HONE_GEMM_INIT;
  shape.m = shape.n = shape.k = size;
  for (int round = 0; round < 20; round++) {
    memset(c.get(), 0xFF, count * sizeof(float));
    hone_status status = round % 2 == 0 ? hone_execute_gemm(shared, a.get(), b.get(), c.get())
                                        : hone_gemm(context, &shape, a.get(), b.get(), c.get());
    if (status != HONE_OK || !(gemm_error(size, size, size, a.get(), b.get(), c.get()) < 1e-5)) ++*wrong;
  }
}

int main(int count, char **arguments) {
  if (count != 3) return 64;
  hone_options options = HONE_OPTIONS_INIT;
  options.database = arguments[1];
  options.hardware_class = arguments[2];
  hone_context *opened = nullptr;
  CHECK(hone_open(&options, &opened) == HONE_OK);
  Context context(opened);
  for (long size : {24, 96}) {
    Plan plan = plan_for(context.get(), size);
    int wrong[4] = {};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; i++) threads.emplace_back(run, context.get(), plan.get(), size, i * 10, &wrong[i]);
    for (auto &thread : threads) thread.join();
    for (int each : wrong) CHECK(each == 0);
  }
  return failures;
}
