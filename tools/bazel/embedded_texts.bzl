"""Text files that become a part of the program."""

def embedded_texts(name, srcs, variable):
    """NAME.h with `const std::map<std::string, std::string> miafr::VARIABLE`: the files' texts by their names without extension.

    Args:
      name: of the header.
      srcs: the files.
      variable: of the map.
    """
    native.genrule(
        name = name,
        srcs = srcs,
        outs = [name + ".h"],
        cmd = """
{
  echo '// Generated from text files.'
  echo '#pragma once'
  echo '#include <map>'
  echo '#include <string>'
  echo 'namespace miafr { inline const std::map<std::string, std::string> %s = {'
  for file in $(SRCS); do
    file_name=$$(basename $$file)
    printf '{"%%s", R"~~~~(' $${file_name%%.*}
    cat $$file
    echo ')~~~~"},'
  done
  echo '}; }'
} > $@
""" % variable,
    )
