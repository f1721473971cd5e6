// The official client, as a page of ours uses it. Reads {baseURL, origin, mode} from its first argument, prints one JSON
// object of outcomes. In the mode "cookie" a jar keeps what the server sets; in the mode "bearer" a token is all there is.
import { createAuthClient } from "better-auth/client";

const { baseURL, origin, mode } = JSON.parse(process.argv[2]);

// What a browser asks before it sends anything: without Allow-Credentials it would never send a request with cookies.
async function preflight(url, init) {
  const headers = { origin, "access-control-request-method": init.method, "access-control-request-headers": "authorization" };
  const reply = await fetch(url, { method: "OPTIONS", headers });
  const allowed = reply.headers.get("access-control-allow-origin") === origin;
  const withCookies = init.credentials === "include" && reply.headers.get("access-control-allow-credentials") !== "true";
  if (!allowed || withCookies) throw new TypeError("a browser would not send this");
}

function reader() {
  const jar = new Map();
  let token = "";
  const customFetchImpl = async (url, init) => {
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    if (mode === "bearer") await preflight(url, init);
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

const outcome = ({ data, error }) => (error ? { status: error.status, code: error.code } : { data });
const email = `ada-${mode}@example.com`;
const password = "correct-horse";
const { client, forget } = reader();
const done = {};

done.signUp = outcome(await client.signUp.email({ email, password, name: "Ada" }));
done.duplicate = outcome(await reader().client.signUp.email({ email: email.toUpperCase(), password, name: "Ada" }));
done.wrongPassword = outcome(await reader().client.signIn.email({ email, password: "wrong-horse" }));
const session = await client.getSession();
done.session = {
  name: session.data.user.name,
  expiresIsDate: session.data.session.expiresAt instanceof Date,
  createdIsRecent: Math.abs(Date.now() - session.data.user.createdAt.getTime()) < 60_000,
  days: Math.round((session.data.session.expiresAt.getTime() - Date.now()) / 86_400_000),
};
done.update = outcome(await client.updateUser({ name: "Ada L.", image: "https://pictures.example/ada" }));
done.updated = (await client.getSession()).data.user.name;
done.changePassword = outcome(
  await client.changePassword({ currentPassword: password, newPassword: "better-horse", revokeOtherSessions: true }),
).data.user.name;

const other = reader();
done.signIn = outcome(await other.client.signIn.email({ email, password: "better-horse", rememberMe: false })).data.redirect;
const sessions = (await client.listSessions()).data;
done.sessions = sessions.length;
const theirs = (await other.client.getSession()).data.session.token;
done.revoke = outcome(await client.revokeSession({ token: theirs }));
done.revoked = (await other.client.getSession()).data;
done.revokeOthers = outcome(await client.revokeOtherSessions());
done.stillSignedIn = (await client.getSession()).data.user.name;
done.signOut = outcome(await client.signOut());
forget();
done.signedOut = outcome(await client.getSession());
done.closed = outcome(await client.listSessions());
done.again = outcome(await client.signIn.email({ email, password: "better-horse" })).data.user.name;
done.delete = outcome(await client.deleteUser({ password: "better-horse" }));
forget();
done.deleted = outcome(await client.signIn.email({ email, password: "better-horse" }));
process.stdout.write(JSON.stringify(done));
