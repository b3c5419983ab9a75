const key = 'acting as';

/** The local user who was chosen to act in this window; `null` means the owner. */
class ChosenUser {
  id: string | null = $state(sessionStorage.getItem(key));

  choose(id: string | null): void {
    this.id = id;
    if (id === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, id);
  }
}

export const chosenUser = new ChosenUser();
