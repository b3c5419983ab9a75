# Tells the windows of a process what Windows tells them when the session ends: first the question, then the end.
param([uint32]$ProcessId)
Add-Type -TypeDefinition @'
using System;
using System.Runtime.InteropServices;
public static class Session {
  delegate bool Each(IntPtr window, IntPtr unused);
  [DllImport("user32.dll")] static extern bool EnumWindows(Each each, IntPtr unused);
  [DllImport("user32.dll")] static extern uint GetWindowThreadProcessId(IntPtr window, out uint process);
  [DllImport("user32.dll")] static extern IntPtr SendMessageTimeout(
    IntPtr window, uint message, IntPtr wParam, IntPtr lParam, uint flags, uint ms, out IntPtr result);
  public static void End(uint wanted) {
    // WM_QUERYENDSESSION, WM_ENDSESSION
    foreach (uint message in new uint[] { 0x11, 0x16 })
      EnumWindows((window, unused) => {
        uint process;
        IntPtr result;
        GetWindowThreadProcessId(window, out process);
        // 2: SMTO_ABORTIFHUNG
        if (process == wanted) SendMessageTimeout(window, message, (IntPtr)1, IntPtr.Zero, 2, 5000, out result);
        return true;
      }, IntPtr.Zero);
  }
}
'@
[Session]::End($ProcessId)
