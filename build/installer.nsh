; Removes what the app itself has written to the registry, which electron-builder's uninstaller doesn't know. Not for an
; update, which uninstalls the old version first. The server's data stays.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" "${APP_ID}"
    ; Only if this app opens the links: the command begins with a quotation mark and this folder.
    ReadRegStr $R0 HKCU "Software\Classes\paracord\shell\open\command" ""
    StrLen $R1 "$INSTDIR"
    StrCpy $R2 $R0 $R1 1
    ${if} $R2 == $INSTDIR
      DeleteRegKey HKCU "Software\Classes\paracord"
    ${endif}
    DeleteRegKey HKCU "Software\Classes\CLSID\{8E2A3B6C-6F0B-4C52-9E0B-6A1D8F6C3B57}"
    RMDir /r "$LOCALAPPDATA\${APP_PACKAGE_NAME}-updater"
  ${endif}
!macroend
