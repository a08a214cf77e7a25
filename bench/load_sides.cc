#include "bench/load_sides.h"

#include <xgboost/c_api.h>

#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "engine/forest/forest.h"

namespace ringside::bench {

LoadOurs::LoadOurs(const std::string& model_path) : file_(read_whole_file(model_path)) {}

void LoadOurs::call() {
  const auto model = engine::read_model(file_);
  if (!model) give_up(model.error().text());
  const auto forest = engine::Forest::build(*model);
  if (!forest) give_up(forest.error().text());
}

LoadXgboost::LoadXgboost(const std::string& model_path) : file_(read_whole_file(model_path)) {}

void LoadXgboost::call() {
  BoosterHandle booster = nullptr;
  const bool loaded =
      XGBoosterCreate(nullptr, 0, &booster) == 0 && XGBoosterLoadModelFromBuffer(booster, file_.data(), file_.size()) == 0;
  if (!loaded) give_up(std::string("xgboost: ") + XGBGetLastError());
  XGBoosterFree(booster);
}

}  // namespace ringside::bench
