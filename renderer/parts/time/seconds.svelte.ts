/** The time, moving on each second while the component that calls this is there: for “in 40 s”. */
export function seconds(): { readonly value: number } {
  let value = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => {
      value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  });
  return {
    get value() {
      return value;
    },
  };
}
