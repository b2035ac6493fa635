// The evaluation's tables: CSV for programs, LaTeX for papers, text for the terminal.
#pragma once

#include <string>

#include "core/report/evaluation.h"

namespace miafr {

// Each is a whole file's text. Numbers have a decimal point and the shortest digits that read back the same.
std::string summary_csv(const Evaluation& evaluation);  // long: matcher,method,label,group,metric,value,low,high,n
std::string operating_points_csv(const Evaluation& evaluation);  // a row for each matcher, group and target
std::string det_csv(const Evaluation& evaluation);               // matcher,group,threshold,fmr,fnmr
std::string failures_csv(const Evaluation& evaluation);          // image,subject,group,stage,reason,detail
std::string table_tex(const Evaluation& evaluation);             // booktabs: group x FNMR at each target
std::string summary_text(const Evaluation& evaluation);          // a few aligned lines

// 0.001 as "0.001": the key of a target in results.json.
std::string target_text(double target);

// The shortest text that reads back as the same double; "" for NaN.
std::string shortest(double value);

}  // namespace miafr
