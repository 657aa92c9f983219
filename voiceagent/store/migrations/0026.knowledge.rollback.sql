DROP TABLE knowledge_passages;
