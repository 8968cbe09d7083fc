# Manual pages and completions: they are committed, installed, and compared with what the programs print.

include(GNUInstallDirs)

install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/formats/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/formats)
install(FILES ${PROJECT_SOURCE_DIR}/formats/flow.capnp DESTINATION ${CMAKE_INSTALL_DATADIR}/mitmkit)

# mitm_install_docs(mitm-dump)
function(mitm_install_docs name)
  set(completions ${PROJECT_SOURCE_DIR}/completions)
  install(FILES ${PROJECT_SOURCE_DIR}/man/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${completions}/${name}.bash
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name})
  install(FILES ${completions}/_${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${completions}/${name}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endfunction()

# mitm_docs_test(mitm-dump): fails when `make docs` would change something.
function(mitm_docs_test name)
  add_test(NAME "docs: ${name}"
           COMMAND ${PROJECT_SOURCE_DIR}/tests/docs/docs.sh check $<TARGET_FILE:${name}>)
endfunction()
