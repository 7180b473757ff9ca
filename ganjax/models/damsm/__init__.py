"""DAMSM: an encoder of texts and one of images, trained together so that what belongs together is near."""
