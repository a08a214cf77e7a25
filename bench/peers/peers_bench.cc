// peers: features of a row to probabilities, in this process, beside other systems. Compares with each peer whose files are in --peers:
//
//   xgboost.so onnxruntime.so lightgbm.so                  links to the libraries of PyPI's wheels
//   100x6x30/model.onnx tl2cgen.so                         made from our model
//   100x6x30/lightgbm.txt lleaves_row.so lleaves_rows.so   LightGBM's own of the same shape, compiled for one row and for many

#include <filesystem>

#include "bench/comparison.h"
#include "bench/peers/peer_sides.h"

namespace ringside::bench {
namespace {

Comparison make(const Settings& settings, const Shape& shape, std::size_t rows_a_call) {
  const std::string model = settings.data + "/" + shape.name + "/model.ubj";
  const std::string made = settings.peers + "/" + shape.name;
  const std::string xgboost = settings.peers + "/xgboost.so", onnxruntime = settings.peers + "/onnxruntime.so";
  const std::string lightgbm = settings.peers + "/lightgbm.so";
  const FloatRows& rows = rows_of(settings.data, shape);
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<OurForest>(rows, rows_a_call, model);

  std::vector<Reference>& peers = comparison.references;
  const auto there = [](const std::string& file) { return std::filesystem::exists(file); };
  peers.push_back({"xgboost 1.7.4", std::make_unique<XgboostCall>(rows, rows_a_call, model)});
  if (there(xgboost)) {
    const XgboostApi api = xgboost_of(SharedObject(xgboost));
    peers.push_back({"xgboost", std::make_unique<XgboostCall>(rows, rows_a_call, model, api), Bits::kCounted});
  }
  if (there(made + "/tl2cgen.so")) {
    const SharedObject trees(made + "/tl2cgen.so");
    peers.push_back({"tl2cgen", std::make_unique<Tl2cgen>(rows, rows_a_call, trees), Bits::kCounted});
  }
  if (there(onnxruntime) && there(made + "/model.onnx")) {
    const SharedObject library(onnxruntime);
    peers.push_back(
        {"onnxruntime", std::make_unique<OnnxRuntime>(rows, rows_a_call, library, made + "/model.onnx"), Bits::kCounted});
  }
  if (!there(lightgbm) || !there(made + "/lightgbm.txt")) return comparison;
  auto own_model = std::make_unique<Lightgbm>(rows, rows_a_call, SharedObject(lightgbm), made + "/lightgbm.txt");
  peers.push_back({"lightgbm", std::move(own_model), Bits::kCounted, "lightgbm"});
  const std::string compiled = made + (rows_a_call == 1 ? "/lleaves_row.so" : "/lleaves_rows.so");
  if (there(compiled)) {
    const SharedObject trees(compiled);
    peers.push_back({"lleaves", std::make_unique<Lleaves>(rows, rows_a_call, trees), Bits::kCounted, "lightgbm"});
  }
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    for (const Shape& shape : shapes()) {
      for (const std::size_t rows : kRowsOfCall) {
        add_comparison(settings, "peers", shape.name + " " + rows_word(rows),
                       [&settings, &shape, rows] { return make(settings, shape, rows); });
      }
    }
  });
}
