// The official client as a page of ours uses it, in a browser. In the mode "cookie" a jar keeps what the server sets; in the
// mode "bearer" a token is all there is. A call that brings an `origin` of its own is no page's: nobody asks before it.
import { createAuthClient } from "better-auth/client";
import { underBrowserRules } from "./browser_rules.mjs";

function cookieJar() {
  const jar = new Map();
  return {
    sent: () => (jar.size ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") } : {}),
    keeps(reply) {
      for (const line of reply.headers.getSetCookie()) {
        const [pair, ...attributes] = line.split("; ");
        const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
        if (attributes.includes("Max-Age=0")) jar.delete(name);
        else jar.set(name, value);
      }
      return reply;
    },
  };
}

export function reader({ baseURL, origin, mode }) {
  const jar = cookieJar();
  let token = "";
  const customFetchImpl = async (url, init) => {
    const headers = new Headers(init.headers);
    const added = { ...(mode === "cookie" ? jar.sent() : {}), ...(headers.has("origin") ? {} : { origin }) };
    const send = async () => jar.keeps(await fetch(url, { ...init, headers: { ...Object.fromEntries(headers), ...added } }));
    const request = { method: init.method, headers, origin, credentials: init.credentials };
    return headers.has("origin") ? send() : underBrowserRules(url, request, send);
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
