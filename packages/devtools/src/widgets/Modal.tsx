/**
 * A dialog over the page: Escape or a click beside it closes it, and the focus returns to where it was.
 *
 * @module
 */
import { useLayoutEffect, useRef } from "react";
import type { ReactElement, ReactNode } from "react";

/** See the file's comment. Keys pressed inside reach no panel. What has `data-autofocus` gets the focus first. */
export function Modal(props: {
  readonly label: string;
  readonly testId: string;
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    // Closing is what gives the focus back; it must happen while the dialog is still in the document.
    return () => element?.close();
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a click on the backdrop; Escape does the same
    <dialog
      ref={dialog}
      className={props.className === undefined ? "sk-dialog" : `sk-dialog ${props.className}`}
      aria-label={props.label}
      data-testid={props.testId}
      onCancel={(e) => {
        e.preventDefault();
        props.onClose();
      }}
      onClick={(e) => {
        if (e.target === e.currentTarget) props.onClose();
      }}
      onKeyDown={(e) => e.stopPropagation()}
    >
      {props.children}
    </dialog>
  );
}
