/* The program on Windows: a copy of Python lies beside it in _internal, with its own python313._pth,
 * and this starts the package `desktop` in it. Built twice: with a console for scripts, and without
 * one (WINDOWED) for shortcuts. Being the process itself, it shows its own icon and name in the task
 * bar, and its file is held as long as the program runs, which the installer looks at. */

#include <windows.h>
#include <stdlib.h>
#include <wchar.h>

static int fail(const wchar_t *text)
{
    MessageBoxW(NULL, text, L"争先台账", MB_ICONERROR | MB_OK);
    return 1;
}

static int run(int argc, wchar_t **argv)
{
    static wchar_t folder[32768], file[32768];
    wchar_t **given, *slash;
    HMODULE python;
    int (*main_of_python)(int, wchar_t **);
    int i;

    if (!GetModuleFileNameW(NULL, folder, 32000) || !(slash = wcsrchr(folder, L'\\')))
        return fail(L"找不到程序所在的文件夹，请重新安装。");
    wcscpy(slash, L"\\_internal");
    wcscpy(file, folder);
    wcscat(file, L"\\python313.dll");
    /* Nothing of the folder that the program was started from is loaded. */
    SetDllDirectoryW(folder);
    python = LoadLibraryExW(file, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!python)
        return fail(L"程序的文件不全（_internal\\python313.dll），请重新安装。");
    main_of_python = (int (*)(int, wchar_t **))(void *)GetProcAddress(python, "Py_Main");
    given = calloc(argc + 4, sizeof *given);
    if (!main_of_python || !given)
        return fail(L"程序的文件不全，请重新安装。");
    /* Isolated, and in UTF-8 whatever the machine's code page is. */
    given[0] = argv[0];
    given[1] = L"-IXutf8";
    given[2] = L"-mzhengxian_start";
    for (i = 1; i < argc; i++)
        given[i + 2] = argv[i];
    return main_of_python(argc + 2, given);
}

#ifdef WINDOWED
int WINAPI wWinMain(HINSTANCE self, HINSTANCE before, PWSTR line, int show)
{
    int argc;
    wchar_t **argv = CommandLineToArgvW(GetCommandLineW(), &argc);
    (void)self, (void)before, (void)line, (void)show;
    return argv ? run(argc, argv) : 1;
}
#else
int wmain(int argc, wchar_t **argv)
{
    return run(argc, argv);
}
#endif
