export interface MenuItem {
  readonly label: string;
  readonly act: () => unknown;
  readonly danger?: boolean;
  readonly disabled?: boolean;
}
