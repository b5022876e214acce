import { byId } from './dom.ts';

const KEY = 'swarmwall-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** As the system has it until the person says otherwise; the browser keeps that. */
export function createTheme(): void {
  const button = byId('theme');
  const current = (): 'dark' | 'light' => {
    const said = localStorage.getItem(KEY);
    return said === 'dark' || said === 'light' ? said : dark.matches ? 'dark' : 'light';
  };
  const apply = (): void => {
    const theme = current();
    document.documentElement.dataset['theme'] = theme;
    button.textContent = theme === 'dark' ? 'Light theme' : 'Dark theme';
  };
  button.addEventListener('click', () => {
    localStorage.setItem(KEY, current() === 'dark' ? 'light' : 'dark');
    apply();
  });
  dark.addEventListener('change', apply);
  apply();
}
