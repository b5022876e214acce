/** A link may carry the token behind `#`, which no server and no log sees. */
const token = new URLSearchParams(location.hash.slice(1)).get('token');
const field = document.querySelector<HTMLInputElement>('#token');
if (token !== null && field !== null) {
  history.replaceState(null, '', location.pathname);
  field.value = token;
  field.form?.submit();
} else field?.focus();
