/**
 * A browser's translator puts elements of its own in the place of texts, and the screens then change texts that are no
 * longer on the page: an edited message would keep its old text, and a count its old number. This puts a text back
 * where its translation is, once it changes; the browser translates it again.
 */
export function followTranslator(page: Document): void {
  const translations = new WeakMap<Node, Element>();
  const observer = new MutationObserver((records) => {
    for (const { type, target, addedNodes, removedNodes, previousSibling, nextSibling } of records) {
      if (type === 'characterData') putBack(target);
      else
        for (const text of removedNodes)
          if (text instanceof Text && !text.isConnected)
            note(text, [...addedNodes, previousSibling, nextSibling].find(isTranslation));
    }
  });

  function note(text: Text, translation: Element | undefined): void {
    if (translation === undefined) return;
    translations.set(text, translation);
    observer.observe(text, { characterData: true });
  }

  function putBack(text: Node): void {
    const translation = translations.get(text);
    translations.delete(text);
    if (text instanceof Text && !text.isConnected) translation?.replaceWith(text);
  }

  observer.observe(page, { childList: true, subtree: true });
}

/** The screens have no such elements. */
const isTranslation = (node: Node | null): node is Element =>
  node instanceof Element && node.localName === 'font';
