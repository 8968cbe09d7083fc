# One static library per folder of lib/, one program per folder of cmd/, one test program per folder of tests/.

include(MitmDocs)

add_library(mitm_options INTERFACE)
target_include_directories(mitm_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(mitm_options INTERFACE MITM_VERSION="${PROJECT_VERSION}")
target_compile_options(mitm_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Wno-missing-field-initializers>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${MITM_WERROR}>>:-Werror>)
if(MITM_SANITIZE)
  # Checks of vptr open pipes to probe memory and take running out of descriptors, which is tested, for corruption.
  target_compile_options(mitm_options INTERFACE
    -fsanitize=${MITM_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mitm_options INTERFACE -fsanitize=${MITM_SANITIZE})
  # The description of each check holds addresses: millions, which every start of a relocatable program would go through.
  # g++ needs a third of its time for looking at each pointer before it is used; where that finds a null pointer, the
  # address sanitizer finds its use. Builds with clang (fuzz) keep those checks.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND MITM_SANITIZE MATCHES "address")
    target_compile_options(mitm_options INTERFACE -fno-pie -fno-sanitize=null,alignment)
    target_link_options(mitm_options INTERFACE -no-pie)
  endif()
endif()

# Reading headers is most of the time that it takes to compile without optimisation. With MITM_PRECOMPILE those that
# nearly every file includes are read once for the libraries and once, with Catch2's, for the tests. Builds without it
# (release) show that every file still includes what it uses.
function(mitm_add_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINKS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE mitm_options ${ARG_LINKS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

if(MITM_PRECOMPILE)
  set(common_headers <algorithm> <array> <chrono> <expected> <filesystem> <functional> <memory> <optional> <string>
      <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
  mitm_add_precompiled(mitm_precompiled HEADERS ${common_headers} LINKS fmt::fmt)
  if(MITM_TESTS)
    mitm_add_precompiled(mitm_precompiled_tests HEADERS ${common_headers} <catch2/catch.hpp> LINKS fmt::fmt)
  endif()
endif()

# mitm_precompile(TARGET mitm_precompiled): only for targets with the same options.
function(mitm_precompile target from)
  if(MITM_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# mitm_library(net SOURCES a.cc b.cc LINKS mitm_base ...)
function(mitm_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(mitm_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(mitm_${name} PUBLIC mitm_options ${ARG_LINKS})
  mitm_precompile(mitm_${name} mitm_precompiled)
endfunction()

# mitm_program(mitm-dump SOURCES main.cc LINKS mitm_archive ...)
function(mitm_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mitm_options ${ARG_LINKS})
  mitm_precompile(${name} mitm_precompiled)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  mitm_install_docs(${name})
endfunction()

# mitm_test(base SOURCES a_test.cc LINKS mitm_base): every TEST_CASE becomes a ctest of its own.
function(mitm_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE mitm_options Catch2::Catch2WithMain ${ARG_LINKS})
  mitm_precompile(test_${name} mitm_precompiled_tests)
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: ")
endfunction()
