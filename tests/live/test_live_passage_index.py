"""The suite of PassageIndex against QDRANT_URL, without the tests that restart the server."""

from collections.abc import AsyncIterator

import pytest

from glossator.domain.book.index import PassageIndex
from glossator.kernel.services import Services
from glossator_plugins.qdrant.index import QdrantIndex
from tests.live.accounts import QDRANT, live, open_plugin, throwaway_collection
from tests.plugins.ports.test_passage_index import (  # noqa: F401 - collected here, over the fixture below
    full_index,
    test_a_build_without_a_model_is_searched_by_words_alone,
    test_a_created_build_is_listed_and_not_live,
    test_a_dropped_build_disappears_and_frees_its_number,
    test_a_moved_passage_keeps_its_vectors,
    test_a_new_build_is_searched_only_after_its_activation,
    test_a_page_filters_both_searches,
    test_a_page_is_found_by_its_url,
    test_a_passage_without_words_is_found_by_its_vector,
    test_a_saved_build_is_returned_unchanged,
    test_a_second_write_replaces_the_first,
    test_a_vector_finds_its_passage_with_the_cosine,
    test_a_vector_of_a_different_length_is_a_mismatch,
    test_an_activated_build_is_live,
    test_an_empty_index_has_no_build_no_page_and_no_hits,
    test_an_empty_query_finds_nothing,
    test_an_old_build_can_be_activated_again,
    test_both_searches_are_fused,
    test_builds_are_listed_by_number,
    test_creating_a_build_again_empties_it,
    test_deleted_passages_and_pages_disappear_at_once,
    test_deleting_unknown_passages_and_pages_does_nothing,
    test_limit_and_candidates_limit_the_hits,
    test_long_lists_are_complete,
    test_pages_and_builds_are_neither_hits_nor_counted_as_documents,
    test_stored_pages_and_passages_are_listed,
    test_texts_of_any_script_are_returned_unchanged,
    test_the_keyword_score_is_bm25_with_qdrants_idf,
    test_the_live_build_cannot_be_dropped_or_replaced,
    test_the_root_page_has_the_empty_url,
    test_words_find_a_passage_with_all_its_stored_fields,
    test_writing_to_an_unknown_build_is_unavailable,
)

pytestmark = live(QDRANT)


@pytest.fixture
async def index() -> AsyncIterator[PassageIndex]:
    """Opened with REBUILD, which needs no embedding model."""
    async with throwaway_collection() as name:
        options = {"QDRANT_COLLECTION_NAME": name, "REBUILD": "true"}
        async with open_plugin("qdrant", Services(), options) as service:
            assert isinstance(service, QdrantIndex)
            yield service
