"""The sentences that readers see, by code."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_request": "The request could not be read.",
        "invalid_json": "The request's body is not valid JSON.",
        "invalid_field": "A field of the request is missing or wrong.",
        "forbidden": "This is not allowed.",
        "invalid_origin": "Requests with cookies are only taken from this service's own pages.",
        "not_found": "There is nothing here.",
        "page_not_found": "The book has no such page.",
        "conversation_not_found": "There is no such conversation.",
        "unauthorized": "Please sign in first.",
        "invalid_token": "This sign-in is not valid any more. Please sign in again.",
        "token_expired": "This sign-in has expired. Please sign in again.",
        "account_inactive": "This account has been closed.",
        "sign_in_required": "Please sign in to ask the book: here it answers signed-in readers only.",
        "accounts_off": "This service has no accounts.",
        "method_not_allowed": "This address does not take that method.",
        "request_timeout": "The request took too long to arrive.",
        "body_too_large": "The request is too large.",
        "unsupported_media_type": "The request's body must be application/json.",
        "too_many_requests": "Too many requests. Please wait a little.",
        "internal_error": "Something went wrong here. It has been noted under this request's id.",
        "book_empty": "This book has not been loaded yet.",
        "unavailable": "The service that is needed for this does not answer now. Please try again in a moment.",
        "upload_too_large": "The upload is too large.",
        "upload_refused": "Something in the upload has no place in a book; nothing was changed.",
        "upload_damaged": "The upload cannot be read.",
        "refused": "This is refused; nothing was changed.",
        "ingest_running": "An ingest is running already.",
        "shutting_down": "The service is being restarted. Please ask again in a moment.",
    }
)
