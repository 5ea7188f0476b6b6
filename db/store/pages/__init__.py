"""The pages of the encrypted file past SQLCipher: held against their seals, put under another key,
with both cores."""
