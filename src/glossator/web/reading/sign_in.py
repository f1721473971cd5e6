"""The page at `/sign-in`: forms to sign in, sign up and sign out, which need no script.

The component sends readers here, since a page of another site could read a password that is typed there. The cookie is
then that of our own pages, whose component asks with the account.
"""

from quart import Blueprint, Response, g
from quart.typing import ResponseReturnValue

from glossator.domain.accounts.services import AccountOptions
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.web.auth.bodies import SignInBody, SignUpBody, client, read_form
from glossator.web.auth.current_reader import has_accounts, page_reader
from glossator.web.auth.replies import accounts, forbid_caching, require_accounts
from glossator.web.auth.sign_in import end_sessions, register
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.errors.responses import error_response, to_problem, with_headers
from glossator.web.http.pages import ANYONE, page_response, served_book, wants_page
from glossator.web.http.session_cookies import expire_session, set_session

bp = Blueprint("sign_in_page", __name__)
bp.before_request(require_accounts)
bp.after_request(forbid_caching)


@bp.get("/sign-in")
async def show() -> Response:
    return await sign_in_page()


@bp.post("/sign-in")
async def sign_in() -> Response:
    body = await read_form(SignInBody)
    g.typed = {"sign-in-email": body.email}
    return signed_in_at_home(await accounts().accounts.sign_in(body.email, body.password, client(), remember=True))


@bp.post("/sign-up")
async def sign_up() -> Response:
    body = await read_form(SignUpBody)
    g.typed = {"sign-up-email": body.email, "sign-up-name": body.name}
    return signed_in_at_home(await register(body))


@bp.post("/sign-out")
async def sign_out() -> Response:
    """Also deletes what the tab remembers of the reader's conversation."""
    await end_sessions()
    response = to_home()
    expire_session(response, services().get(WebOptions).cookies)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@bp.errorhandler(Exception)
async def show_problem(error: Exception) -> ResponseReturnValue:
    problem = to_problem(error)
    return with_headers(await sign_in_page(problem), problem) if wants_page() else error_response(error)


async def sign_in_page(problem: Problem | None = None) -> Response:
    """With what went wrong, and what was typed except for the password."""
    book = await served_book()
    if problem and not has_accounts():
        return await page_response("problem.html", book, problem.status, problem=problem)
    return await page_response(
        "sign-in.html",
        book,
        problem.status if problem else 200,
        reader=ANYONE if problem else await page_reader(),
        problem=problem,
        typed=g.get("typed", {}),
        may_sign_up=services().get(AccountOptions).sign_up_open,
        forgotten_password=services().get(WebOptions).forgotten_password,
    )


def signed_in_at_home(issued: IssuedSession) -> Response:
    response = to_home()
    set_session(response, issued, services().get(WebOptions).cookies, accounts().cookies)
    return response


def to_home() -> Response:
    """A browser follows with GET."""
    return Response("", 303, {"Location": "/"})
