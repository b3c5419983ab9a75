/** Hands a file to the browser, which asks or knows where to put it. */
export function download(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click; a moment later it has.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
