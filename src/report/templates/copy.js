// Commands that a reader takes along.
const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = made('textarea', { readonly: '' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
};
for (const command of document.querySelectorAll('.curl, .command')) {
  const name = command.matches('.curl') ? 'Copy as curl' : 'Copy';
  const button = made('button', { type: 'button', class: 'tools copy', 'data-name': name, 'aria-live': 'polite' }, name);
  button.addEventListener('click', async () => {
    await copied(command.textContent);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = name; }, 2000);
  });
  command.after(button);
}
reveal();
