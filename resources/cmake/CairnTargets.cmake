# How a folder becomes a library, a program or a test. Everything about compiling is said here once.
#
# A library's headers are visible only to what links it: each library has an include root of its own under the build
# tree, in which its folder alone appears. `#include "daemon/bucket/engine.h"` therefore fails to compile in a target
# that does not name daemon/bucket in its USES. That keeps the arrows of the layout.

add_library(cairn_flags INTERFACE)
target_compile_options(cairn_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wno-unused-parameter -fno-omit-frame-pointer -g1)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(cairn_flags INTERFACE -Wthread-safety -Wno-gnu-zero-variadic-macro-arguments)
  target_link_options(cairn_flags INTERFACE -fuse-ld=lld)
endif()
if(CAIRN_WERROR)
  target_compile_options(cairn_flags INTERFACE -Werror)
endif()
if(CAIRN_SANITIZE)
  target_compile_options(cairn_flags INTERFACE -fsanitize=${CAIRN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(cairn_flags INTERFACE -fsanitize=${CAIRN_SANITIZE})
  # Asio recycles coroutine frames per thread, which hides a use after free from the sanitizers.
  target_compile_definitions(cairn_flags INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
target_compile_definitions(cairn_flags INTERFACE
  QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
  QT_NO_CONTEXTLESS_CONNECT QT_NO_FOREACH QT_NO_KEYWORDS CAIRN_VERSION="${PROJECT_VERSION}")

define_property(TARGET PROPERTY CAIRN_FOLDER BRIEF_DOCS "folder of a Cairn library")

function(_cairn_include_root target folder)
  set(root ${CMAKE_BINARY_DIR}/include/${target})
  get_filename_component(parent ${root}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${root}/${folder} SYMBOLIC)
endfunction()

# cairn_library(NAME folder SOURCES ... USES cairn libraries ... LINKS other public libraries ... PRIVATE_LINKS ... [PCH])
# The target is called like the folder with _ for /, e.g. daemon_bucket.
function(cairn_library folder)
  cmake_parse_arguments(A "PCH" "" "SOURCES;USES;LINKS;PRIVATE_LINKS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  if(A_SOURCES)
    add_library(${name} STATIC ${A_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${name} PRIVATE cairn_flags ${A_PRIVATE_LINKS})
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  _cairn_include_root(${name} ${folder})
  target_include_directories(${name} ${scope} ${CMAKE_BINARY_DIR}/include/${name})
  target_link_libraries(${name} ${scope} ${A_USES} ${A_LINKS})
  set_target_properties(${name} PROPERTIES CAIRN_FOLDER ${folder})
  # A fuzzer's libraries are instrumented one by one, and a precompiled header is for one way of compiling.
  if(A_PCH AND A_SOURCES AND NOT CAIRN_FUZZ)
    target_precompile_headers(${name} REUSE_FROM daemon_rt)
  endif()
endfunction()

# cairn_program(name SOURCES ... USES ... LINKS ... [PCH])
function(cairn_program name)
  cmake_parse_arguments(A "PCH" "" "SOURCES;USES;LINKS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE cairn_flags ${A_USES} ${A_LINKS})
  if(A_PCH AND NOT CAIRN_FUZZ)
    target_precompile_headers(${name} REUSE_FROM daemon_rt)
  endif()
endfunction()

# cairn_test(name SOURCES ... USES ... LINKS ... [LABELS one] [TIMEOUT s] [PCH] [WHOLE])
# A GoogleTest program; each of its cases becomes a ctest case `name.Suite.Case`, or with WHOLE all of them one.
function(cairn_test name)
  cmake_parse_arguments(A "PCH;WHOLE" "TIMEOUT" "SOURCES;USES;LINKS;LABELS" ${ARGN})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE cairn_flags ${A_USES} ${A_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  if(A_PCH AND NOT CAIRN_FUZZ)
    target_precompile_headers(${name} REUSE_FROM daemon_rt)
  endif()
  if(A_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "${A_LABELS}")
    return()
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "${A_LABELS}")
endfunction()
