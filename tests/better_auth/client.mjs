// Everything a reader does, one after the other. Reads {baseURL, origin, mode} from its first argument, prints one JSON object
// of outcomes.
import { outcome, reader } from "./reader.mjs";

const options = JSON.parse(process.argv[2]);

const email = `ada-${options.mode}@example.com`;
const password = "correct-horse";
const { client, forget } = reader(options);
const done = {};

done.signUp = outcome(await client.signUp.email({ email, password, name: "Ada" }));
done.duplicate = outcome(await reader(options).client.signUp.email({ email: email.toUpperCase(), password, name: "Ada" }));
done.wrongPassword = outcome(await reader(options).client.signIn.email({ email, password: "wrong-horse" }));
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

const other = reader(options);
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
