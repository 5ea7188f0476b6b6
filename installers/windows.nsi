; Packs the built program into one installer; made by build.bat on Windows and by package.sh elsewhere:
;     makensis /INPUTCHARSET UTF8 /DVERSION=0.2.0 installers\windows.nsi
; For the user alone, so that a shared office PC needs no administrator. Data folders are never touched, by updating
; or by removing: they are chosen by the office and lie elsewhere.

!ifdef TARGET
  Target "${TARGET}"
!endif
Unicode true
!ifndef VERSION
  !define VERSION "0.0.0"
!endif
!ifndef SOURCE
  !define SOURCE "..\dist\zhengxian"
!endif
!ifndef OUTPUT
  !define OUTPUT "..\dist\zhengxian-${VERSION}-setup.exe"
!endif
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Zhengxian"

!define CLASSES "Software\Classes"

!include "MUI2.nsh"
!include "LogicLib.nsh"

Name "争先台账"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Zhengxian"
InstallDirRegKey HKCU "Software\Zhengxian" "Folder"
RequestExecutionLevel user
!ifdef QUICK
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
!endif
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Zhengxian"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Zhengxian setup"
VIAddVersionKey "LegalCopyright" "MIT License"

!define MUI_ICON "..\resources\icons\zhengxian.ico"
!define MUI_UNICON "..\resources\icons\zhengxian.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\zhengxianw.exe"
!define MUI_FINISHPAGE_RUN_TEXT "现在打开争先台账"
!insertmacro MUI_PAGE_LICENSE "..\LICENSE"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "SimpChinese"

; A program that is open holds its files: they can be neither replaced nor removed.
!macro REFUSE_WHILE_OPEN
  ${If} ${FileExists} "$INSTDIR\zhengxianw.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\zhengxianw.exe" a
    ${If} ${Errors}
      MessageBox MB_ICONEXCLAMATION "争先台账正开着。请先关闭它，再继续。" /SD IDOK
      SetErrorLevel 3
      Abort
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

Section
  !insertmacro REFUSE_WHILE_OPEN
  ; Files of an older version that the new one no longer has would be loaded by mistake.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}\*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateDirectory "$SMPROGRAMS\争先台账"
  CreateShortcut "$SMPROGRAMS\争先台账\争先台账.lnk" "$INSTDIR\zhengxianw.exe"
  CreateShortcut "$SMPROGRAMS\争先台账\卸载争先台账.lnk" "$INSTDIR\uninstall.exe"
  CreateShortcut "$DESKTOP\争先台账.lnk" "$INSTDIR\zhengxianw.exe"
  WriteRegStr HKCU "Software\Zhengxian" "Folder" "$INSTDIR"
  ; Backups open the program, which asks whether to restore them.
  WriteRegStr HKCU "${CLASSES}\.zxb" "" "Zhengxian.Backup"
  WriteRegStr HKCU "${CLASSES}\Zhengxian.Backup" "" "争先台账备份"
  WriteRegStr HKCU "${CLASSES}\Zhengxian.Backup\DefaultIcon" "" "$INSTDIR\zhengxianw.exe,0"
  WriteRegStr HKCU "${CLASSES}\Zhengxian.Backup\shell\open\command" "" '"$INSTDIR\zhengxianw.exe" "%1"'
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "争先台账"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\zhengxianw.exe"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "Uninstall"
  !insertmacro REFUSE_WHILE_OPEN
  ; Named one by one: whatever else somebody put into the folder stays.
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\zhengxian.exe"
  Delete "$INSTDIR\zhengxianw.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\争先台账\争先台账.lnk"
  Delete "$SMPROGRAMS\争先台账\卸载争先台账.lnk"
  RMDir "$SMPROGRAMS\争先台账"
  Delete "$DESKTOP\争先台账.lnk"
  DeleteRegKey HKCU "${CLASSES}\.zxb"
  DeleteRegKey HKCU "${CLASSES}\Zhengxian.Backup"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Zhengxian"
SectionEnd
