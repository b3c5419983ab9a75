/** Hands a text to the owner as a file; the browser, or the desktop app, sees to where it goes. */
export function saveFile(fileName: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The download holds what it needs by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
