"""Which headings become questions, word for word."""

import pytest

from glossator.domain.answering.suggestions.heading_questions import asked_in, question_about, question_of


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Why is a book cut into pieces?", "Why is a book cut into pieces?"),
        ("How an answer is found in a book", "How is an answer found in a book?"),
        ("How long a passage is", "How long is a passage?"),
        ("What a fused score is good for", "What is a fused score good for?"),
        ("Why several lists are better than one", "Why are several lists better than one?"),
        ("When a start fails", "What happens when a start fails?"),
        ("When the budget is used up", "What happens when the budget is used up?"),
        ("What you see in an answer", "What do I see in an answer?"),
        ("How to add a plugin", "How do I add a plugin?"),
        ("When to use a queue", "When should I use a queue?"),
        ("How routing works", "How does routing work?"),
        ("How the routes work", "How do the routes work?"),
        ("What is a lease", "What is a lease?"),
        ("Adding a plugin", "How do I add a plugin?"),
        ("2.1. Adding plugins", "How do I add plugins?"),
        ("Step 3: Configure the server", "How do I configure the server?"),
        ("Reading or modifying the request", "How do I read or modify the request?"),
        ("Debugging your application", "How do I debug my application?"),
        ("Deploying to Heroku", "How do I deploy to Heroku?"),
        ("Connect to a database", "How do I connect to a database?"),
        ("Stop the server", "How do I stop the server?"),
        ("The inverted index", "What is the inverted index?"),
        ("The order of the pages", "What is the order of the pages?"),
        ("The settings", "What are the settings?"),
        ("A test set", "What is a test set?"),
        ("JSONResponse", "What is JSONResponse?"),
    ],
)
def test_a_heading_becomes_a_question(heading: str, question: str) -> None:
    assert question_of(heading, "") == question


@pytest.mark.parametrize(
    "heading",
    [
        "Installation",
        "Stop words",
        "Query parameters",
        "Building blocks",
        "Getting started",
        "Set cookie",
        "Using plugin",
        "Importing in mounted hook",
        "Build hooks",
        "What about other plugins?",
        'Customizing the "active" state',
        "A comparison has limits",
        "The two methods compared",
        "A worked example",
        "What it brings",
        "How does it work?",
        "What's next?",
        "Why?",
        "Which port Glossator uses",
        "Tune for a reason",
        "What issues are known",
        "",
    ],
)
def test_a_heading_that_no_rule_fits_becomes_none(heading: str) -> None:
    assert question_of(heading, "") == ""


@pytest.mark.parametrize(
    ("heading", "text", "question"),
    [
        ("Passage", "A passage is a part of a page.", "What is a passage?"),
        ("Front matter", "It is short. Front matter is the block at the top.", "What is front matter?"),
        ("Stop words", "Stop words are words that say little.", "What are stop words?"),
        ("Cookies", "Cookies are exposed as a dictionary.", ""),
        ("Selected text", "The selected text is sent.", ""),
        ("Docker", "We use Docker. Docker is a tool, and you run Docker.", "What is Docker?"),
        ("Starting the Server", "The server starts, and a server stops.", "How do I start the server?"),
        ("Using Redis caches", "You need Redis. `redis` is its command.", "How do I use Redis caches?"),
    ],
)
def test_the_text_decides_on_article_number_and_capitals(heading: str, text: str, question: str) -> None:
    assert question_of(heading, text) == question


@pytest.mark.parametrize(
    ("title", "text", "question"),
    [
        ("Authentication", "", "What does the book say about authentication?"),
        ("Endpoints", "", "What does the book say about endpoints?"),
        ("The bees", "", "What does the book say about the bees?"),
        ("Database", "The database is small. Open the database.", "What does the book say about the database?"),
        ("Database", "A database is small.", ""),
        ("Getting started", "", ""),
        ("Introduction", "", ""),
        ("Glossary", "", ""),
    ],
)
def test_the_title_of_a_page_names_its_subject_only_where_that_is_grammatical(
    title: str, text: str, question: str
) -> None:
    assert question_about(title, text) == question


@pytest.mark.parametrize(
    "heading", ["Pourquoi le pain lève-t-il ?", "Wie lange lebt eine Biene?", "کتاب کیا ہے؟", "茶为什么是苦的?"]
)
def test_a_question_is_one_in_any_language(heading: str) -> None:
    assert asked_in(heading) == heading


@pytest.mark.parametrize("heading", ["Warum?", "Le pain", "x" * 200 + " y z?"])
def test_what_is_no_whole_question_is_none_in_any_language(heading: str) -> None:
    assert asked_in(heading) == ""
