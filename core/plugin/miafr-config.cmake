# Plugins for this installation of MIAFR, built with CMake:
#
#   find_package(miafr REQUIRED)
#   miafr_add_plugin(my_loss my_loss.cc)   # makes libmy_loss.so
#
# The flags are those of `miafr plugins flags`: a plugin must be built as the program is.
get_filename_component(miafr_PROGRAM "${CMAKE_CURRENT_LIST_DIR}/../../../bin/miafr" ABSOLUTE)

foreach(step compile link)
  execute_process(
    COMMAND "${miafr_PROGRAM}" plugins flags --as ${step}
    RESULT_VARIABLE miafr_result
    OUTPUT_VARIABLE miafr_${step}_flags
    ERROR_VARIABLE miafr_error
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT miafr_result EQUAL 0)
    set(miafr_FOUND FALSE)
    set(miafr_NOT_FOUND_MESSAGE "${miafr_PROGRAM} plugins flags: ${miafr_result} ${miafr_error}")
    return()
  endif()
endforeach()

function(miafr_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "lib" SUFFIX ".so")
  target_compile_options(${name} PRIVATE "SHELL:${miafr_compile_flags}")
  target_link_options(${name} PRIVATE "SHELL:${miafr_link_flags}")
endfunction()
