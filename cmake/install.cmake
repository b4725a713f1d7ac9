# What `cmake --install` puts where, and the Debian package that scripts/package makes of it.
include(GNUInstallDirs)
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(documents ${CMAKE_BINARY_DIR}/documents)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # whoever installs has built godwit; tests are no part of it

# Man pages, completion and changelog are written when they are wanted: the program itself knows its options.
install(CODE "execute_process(COMMAND \"${packaging}/documents\" \"$<TARGET_FILE:godwit>\" \"${documents}\" \"${PROJECT_VERSION}\"
                              COMMAND_ERROR_IS_FATAL ANY)")
install(TARGETS godwit RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS godwit-pst RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/godwit)
install(DIRECTORY ${documents}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${documents}/completion/godwit.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME godwit)
install(FILES ${documents}/completion/_godwit DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${documents}/completion/godwit.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${packaging}/godwit@.service DESTINATION lib/systemd/system)
install(FILES ${packaging}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME godwit)
file(GLOB guides CONFIGURE_DEPENDS docs/*.md)
install(FILES ${documents}/changelog.Debian.gz ${packaging}/copyright NOTICE ${guides} docs/check_manifest.py
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${packaging}/godwit.toml ${packaging}/accounts.csv DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR "godwit")
set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "moves mail accounts from one IMAP server to another")
string(CONCAT CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "godwit moves an organisation's mail from its old IMAP server to its new one\n"
  "while everybody keeps working: byte for byte, with all flags, dates and\n"
  "folders, in rounds, the last of them short enough to switch.\n"
  ".\n"
  "A kill at any instant loses nothing and doubles nothing. Nothing counts as\n"
  "done that was not seen on the target; a signed manifest says for each message\n"
  "where it is.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/postinst)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
