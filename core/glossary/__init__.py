"""The technical terms on the screen in plain words: pages underline them, and the page Glossary lists them."""
