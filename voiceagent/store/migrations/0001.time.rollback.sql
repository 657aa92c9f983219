DROP FUNCTION app_now();
