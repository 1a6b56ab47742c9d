import { CircleAlert, LoaderCircle, type IconNode } from 'lucide';
import type { ComponentChildren } from 'preact';
import { Icon } from './icon.js';

/** Where nothing is yet: what will stand here, and the way to it. */
export function Empty({
  icon,
  title,
  children,
  actions,
}: {
  icon: IconNode;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <section class="state" aria-label={title}>
      <Icon of={icon} />
      <h1>{title}</h1>
      {children && <p>{children}</p>}
      {actions && <div class="buttons">{actions}</div>}
    </section>
  );
}

/** While something is being done that this part waits for. */
export function Working({ children }: { children: ComponentChildren }) {
  return (
    <div class="state working" role="status">
      <Icon of={LoaderCircle} />
      <p>{children}</p>
    </div>
  );
}

/** What did not work, why, and what can be done. */
export function Failed({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <section class="state failed" aria-label={title}>
      <Icon of={CircleAlert} />
      <h1>{title}</h1>
      {children && <p>{children}</p>}
      {actions && <div class="buttons">{actions}</div>}
    </section>
  );
}
