"""The services that come with Glossator; each is found through its entry point alone."""
