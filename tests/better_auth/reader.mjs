// The official client as a page of ours uses it. In the mode "cookie" a jar keeps what the server sets; in the mode "bearer"
// a token is all there is.
import { createAuthClient } from "better-auth/client";

// What a browser asks before it sends anything: without Allow-Credentials it would never send a request with cookies.
async function preflight(url, init, origin) {
  const headers = { origin, "access-control-request-method": init.method, "access-control-request-headers": "authorization" };
  const reply = await fetch(url, { method: "OPTIONS", headers });
  const allowed = reply.headers.get("access-control-allow-origin") === origin;
  const withCookies = init.credentials === "include" && reply.headers.get("access-control-allow-credentials") !== "true";
  if (!allowed || withCookies) throw new TypeError("a browser would not send this");
}

export function reader({ baseURL, origin, mode }) {
  const jar = new Map();
  let token = "";
  const customFetchImpl = async (url, init) => {
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    if (mode === "bearer") await preflight(url, init, origin);
    if (mode === "cookie" && jar.size) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const reply = await fetch(url, { ...init, headers });
    for (const line of reply.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (attributes.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, value);
    }
    return reply;
  };
  const client = createAuthClient({
    baseURL,
    fetchOptions: {
      customFetchImpl,
      ...(mode === "bearer" ? { auth: { type: "Bearer", token: () => token }, credentials: "omit" } : {}),
      onSuccess: ({ response }) => {
        token = response.headers.get("set-auth-token") ?? token;
      },
    },
  });
  return { client, forget: () => (token = "") };
}

export const outcome = ({ data, error }) => (error ? { status: error.status, code: error.code } : { data });
