/** Leads to the first field that is not as it should be. Its hint says what it expects. */
export function focusProblem(event: SubmitEvent): void {
  const form = event.currentTarget;
  if (form instanceof HTMLFormElement)
    form.querySelector<HTMLElement>('[aria-invalid="true"], input:invalid')?.focus();
}
