#include "core/experiment/read_subjects.h"

#include <set>

#include "core/experiment/person_folders.h"
#include "core/experiment/tokens.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

std::vector<Subject> subjects_below(const Node& node, const std::string& class_word, const ExperimentPaths& paths) {
  const fs::path folder = paths.folder(node, "subjects", node.text);
  std::vector<Subject> subjects;
  for (const fs::path& person : person_folders(folder))
    subjects.push_back({person.filename().string(), person, "", class_word, "", node.origin});
  if (subjects.empty())
    refuse(node, "subjects: there is no folder in " + shown(folder.string(), 300) +
                     "; it has to hold one for each person, with that person's photos");
  return subjects;
}

std::vector<Subject> listed_subjects(const Node& list, const std::string& class_word, const ExperimentPaths& paths) {
  if (list.kind != Node::Kind::kList) refuse(list, "subjects: a folder or a list is needed");
  if (list.children.empty()) refuse(list, "subjects: the list is empty; a person is - photos: FOLDER");
  std::vector<Subject> subjects;
  for (const Node& item : list.children) {
    const std::string path = "subjects[" + std::to_string(subjects.size()) + "]";
    check_keys(item, path, {"name", "photos", "token", "class_word", "references"});
    const auto text = [&](const char* key, const std::string& otherwise) {
      const Node* value = item.find(key);
      if (value && value->kind != Node::Kind::kScalar) refuse(*value, path + "." + key + ": a text is needed");
      return value ? value->text : otherwise;
    };
    if (!item.find("photos")) refuse(item, path + ": photos is missing, the folder of the person's photos");
    Subject subject;
    subject.origin = item.origin;
    subject.photos = paths.folder(*item.find("photos"), path + ".photos", text("photos", ""));
    subject.name = text("name", (subject.photos / "").parent_path().filename().string());
    subject.token = text("token", "");
    subject.class_word = text("class_word", class_word);
    if (item.find("references"))
      subject.references = paths.folder(*item.find("references"), path + ".references", text("references", ""));
    subjects.push_back(subject);
  }
  return subjects;
}

}  // namespace

std::vector<Subject> read_subjects(const Node& root, const std::string& class_word, const ExperimentPaths& paths) {
  const Node* node = root.find("subjects");
  if (!node || node->is_null())
    refuse(node ? *node : root, "subjects is missing: a folder with a folder for each person, or a list of persons");
  std::vector<Subject> subjects = node->kind == Node::Kind::kScalar ? subjects_below(*node, class_word, paths)
                                                                    : listed_subjects(*node, class_word, paths);
  std::set<std::string> names, tokens;
  std::vector<std::string> words;
  for (const Subject& subject : subjects) {
    if (!is_folder_name(subject.name))
      throw ConfigError(subject.origin, "subjects: the name " + miafr::quoted(subject.name) +
                                            " cannot be a folder's; give another with name:");
    if (!names.insert(subject.name).second)
      throw ConfigError(subject.origin, "subjects: " + miafr::quoted(subject.name) + " is there twice");
    if (!subject.token.empty() && !tokens.insert(subject.token).second)
      throw ConfigError(subject.origin, "subjects: the token " + miafr::quoted(subject.token) +
                                            " stands for two persons; each needs its own");
    words.push_back(subject.token);
  }
  give_tokens(words);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    subjects[i].names_token = !subjects[i].token.empty();
    subjects[i].token = words[i];
  }
  return subjects;
}

}  // namespace miafr
