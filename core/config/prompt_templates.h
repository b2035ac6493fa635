// Prompts with places: "photo of a {token} {class} as {age}".
#pragma once

#include <string>
#include <vector>

namespace miafr {

// What a run paints, a row of the grid each.
struct Prompt {
  std::string text;
  std::string label;  // the age or attribute that it asks for; "" for none
};

// A word for a place: what pictures with it are filed under, and what stands in the prompt.
struct PlaceWord {
  std::string name, text;
};

// Puts the word wherever the text has the place, "{token}". Returns whether it has it.
bool fill_place(std::string& text, const std::string& place, const std::string& word);

// A prompt with {place} becomes one for each word, labelled with the word's name (after the label that it has); others
// stay. option: how the words are given, "--age", for messages. Throws UsageError where a prompt has the place and
// there is no word, or there are words and no prompt has the place.
std::vector<Prompt> expand_place(const std::vector<Prompt>& prompts, const std::string& place,
                                 const std::string& option, const std::vector<PlaceWord>& words);

// Lines to warn with, each once: a place in braces that is none of `places`, which are filled by now or will be, and
// other programs' "<lora:NAME:1>". Both go to the text encoder as they are.
std::vector<std::string> taken_as_text(const std::vector<std::string>& prompts, const std::vector<std::string>& places);

}  // namespace miafr
