// Passkeys: making one, logging in with one, and proving with one who is there. Where the browser knows none, the part of
// the page stays hidden; the other ways in need no script.

const canPasskeys = Boolean(window.PublicKeyCredential && window.webauthnJSON);
const create = document.querySelector("[data-passkey-create]");
const logIn = document.querySelector("[data-passkey-log-in]");
const proveAgain = document.querySelector("[data-passkey-get]");

if (canPasskeys) for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;

function onSubmit(form, ceremony) {
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-passkey-failed]");
    const button = form.querySelector("button");
    failed.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      form.elements.credential.value = JSON.stringify(await ceremony());
      form.submit();
    } catch {
      // Cancelled, timed out, or the device has none: the person may try again or take another way.
      failed.hidden = false;
      button.removeAttribute("aria-busy");
    }
  });
}

onSubmit(create, () => window.webauthnJSON.create(JSON.parse(create.dataset.passkeyCreate)));
onSubmit(proveAgain, () => window.webauthnJSON.get(JSON.parse(proveAgain.dataset.passkeyGet)));
onSubmit(logIn, async () => {
  const answer = await fetch(logIn.action, { headers: { Accept: "application/json" } });
  return window.webauthnJSON.get((await answer.json()).request_options);
});
