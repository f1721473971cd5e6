// What a browser lets a page do with a server of another origin: whom it asks before it sends, and what it shows of an answer.
const SIMPLE_METHODS = ["GET", "HEAD", "POST"];
const SIMPLE_HEADERS = ["accept", "accept-language", "content-language"];
const SIMPLE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
const SHOWN_HEADERS = ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];

const names = (headers, list) => (headers.get(list) ?? "").toLowerCase().split(",").map((name) => name.trim());

const isSimple = ([name, text]) =>
  SIMPLE_HEADERS.includes(name) || (name === "content-type" && SIMPLE_TYPES.includes(text.split(";")[0].trim().toLowerCase()));

function mustAllow(headers, { origin, credentials }, what) {
  if (headers.get("access-control-allow-origin") !== origin) throw new TypeError(`${what}: another origin`);
  if (credentials === "include" && headers.get("access-control-allow-credentials") !== "true") throw new TypeError(`${what}: no cookies`);
}

async function preflight(url, { method, headers, ...page }) {
  const unusual = [...headers].filter((header) => !isSimple(header)).map(([name]) => name);
  if (SIMPLE_METHODS.includes(method) && !unusual.length) return;
  const asked = { origin: page.origin, "access-control-request-method": method, "access-control-request-headers": unusual.join(",") };
  const reply = await fetch(url, { method: "OPTIONS", headers: asked });
  if (!reply.ok) throw new TypeError(`preflight: ${reply.status}`);
  mustAllow(reply.headers, page, "preflight");
  const refused = unusual.filter((name) => !names(reply.headers, "access-control-allow-headers").includes(name));
  if (refused.length) throw new TypeError(`preflight: header ${refused}`);
  const methods = names(reply.headers, "access-control-allow-methods");
  if (!SIMPLE_METHODS.includes(method) && !methods.includes(method.toLowerCase())) throw new TypeError(`preflight: method ${method}`);
}

// `send` adds what no script can: the origin and the cookies.
export async function underBrowserRules(url, request, send) {
  await preflight(url, request);
  const reply = await send();
  mustAllow(reply.headers, request, "answer");
  const exposed = [...SHOWN_HEADERS, ...names(reply.headers, "access-control-expose-headers")];
  const headers = [...reply.headers].filter(([name]) => exposed.includes(name));
  return new Response(reply.body, { status: reply.status, statusText: reply.statusText, headers });
}
