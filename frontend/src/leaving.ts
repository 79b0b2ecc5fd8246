/**
 * A page that is gone back to is loaded anew: who was signed in may be signed out by now. Pages are sent with `no-store`,
 * but WebKit keeps them as they were over plain HTTP all the same.
 */
export function leaveNothing(root: HTMLElement): void {
  addEventListener("pagehide", () => {
    root.hidden = true;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}
