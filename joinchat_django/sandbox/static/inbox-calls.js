// Talks to the sandbox, and tells the visitor how that went.

const said = document.getElementById("jc-box-said");
const SAID_MS = 5000;
let silence = null;

// Returns the JSON of the answer. Throws an Error with the sandbox's words.
export async function call(method, url, data) {
  const response = await fetch(url, {
    method,
    cache: "no-store",
    headers: method === "GET" ? {} : { "Content-Type": "application/json" },
    body: data === undefined ? undefined : JSON.stringify(data),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error);
  }
  return answer;
}

// Returns a page of the sandbox as a document.
export async function page(url) {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}`);
  }
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Shows a few words for a while, and has a screen reader say them.
export function say(text) {
  clearTimeout(silence);
  said.textContent = text;
  silence = setTimeout(() => said.replaceChildren(), SAID_MS);
}

export function sayCopied(isCopied) {
  say(isCopied ? said.dataset.jcCopied : said.dataset.jcSelected);
}

export function sayFailed(error) {
  say(`${said.dataset.jcFailed} ${error.message}`);
}
