// Writes the report of sample_evaluation.h, to look at it in a browser: sample_report FOLDER
#include <iostream>

#include "core/report/write_report.h"
#include "tests/core/report/sample_evaluation.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: sample_report FOLDER\n";
    return 2;
  }
  miafr::write_report(miafr_tests::sample_evaluation({}), argv[1], /*overwrite=*/true);
}
