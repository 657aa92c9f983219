DROP TABLE code_guesses;
