# Tests in Python: a module of unittest is one test of ctest. The standard library of Debian's Python is all they need.
include_guard(GLOBAL)
find_program(GODWIT_TEST_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

# godwit_python_test(FOLDER MODULE SECONDS): tests/FOLDER/MODULE.py, against the binary of this build.
function(godwit_python_test folder module seconds)
  set(name "${folder}.${module}")
  add_test(NAME ${name} COMMAND ${GODWIT_TEST_PYTHON} -m unittest -v ${module}
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/${folder})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${seconds}
    ENVIRONMENT "GODWIT_BINARY=$<TARGET_FILE:godwit>;PYTHONPATH=${CMAKE_SOURCE_DIR}/tests/support;PYTHONDONTWRITEBYTECODE=1;GODWIT_LONG_TESTS=$<BOOL:${GODWIT_LONG_TESTS}>")
endfunction()
